# Errand's handler as a function of AWS Lambda, with Terraform. See README.md beside it.
terraform {
  required_version = ">= 1.5"
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.4"
    }
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "function_name" {
  type    = string
  default = "errand"
}

variable "memory_mib" {
  type    = number
  default = 1024
}

# An image in ECR, made of image/Dockerfile, in place of the file.
variable "image_uri" {
  type    = string
  default = null
}

data "archive_file" "handler" {
  type        = "zip"
  source_file = "${path.module}/function/errand-handler.mjs"
  output_path = "${path.module}/function/errand-handler.zip"
}

resource "aws_lambda_function" "errand" {
  function_name    = var.function_name
  role             = aws_iam_role.errand.arn
  architectures    = ["arm64"]
  memory_size      = var.memory_mib
  package_type     = var.image_uri == null ? "Zip" : "Image"
  image_uri        = var.image_uri
  filename         = var.image_uri == null ? data.archive_file.handler.output_path : null
  source_code_hash = var.image_uri == null ? data.archive_file.handler.output_base64sha256 : null
  handler          = var.image_uri == null ? "errand-handler.handler" : null
  runtime          = var.image_uri == null ? "nodejs24.x" : null

  # A command is ended before this by its own timeoutMs, or by what the function has left.
  timeout = 900

  ephemeral_storage {
    size = 1024
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.errand.name
  }
}

resource "aws_cloudwatch_log_group" "errand" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = 14
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# What commands may do in AWS, since they have the function's credentials: write its log, and nothing else.
data "aws_iam_policy_document" "log" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.errand.arn}:*"]
  }
}

resource "aws_iam_role" "errand" {
  name_prefix        = "${var.function_name}-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "log" {
  name   = "log"
  role   = aws_iam_role.errand.id
  policy = data.aws_iam_policy_document.log.json
}

# For whoever runs commands: attach it to the caller. It is all that lambdaExecutor() needs.
data "aws_iam_policy_document" "may_run_commands" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.errand.arn, "${aws_lambda_function.errand.arn}:*"]
  }
}

resource "aws_iam_policy" "may_run_commands" {
  name_prefix = "${var.function_name}-may-run-commands-"
  policy      = data.aws_iam_policy_document.may_run_commands.json
}

output "function_name" {
  value = aws_lambda_function.errand.function_name
}

output "may_run_commands" {
  value = aws_iam_policy.may_run_commands.arn
}
