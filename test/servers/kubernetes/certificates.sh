#!/bin/sh
# certificates.sh NODE-ADDRESS NODE-NAME: in this directory, the keys and certificates of a cluster's servers and of who may ask them.
set -eu
NODE=$1 NAME=$2
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }
cert() { # FILE SUBJECT USAGE [NAMES]
  key "$1"
  printf 'keyUsage=digitalSignature\nextendedKeyUsage=%s\n%s\n' "$3" "${4:+subjectAltName=$4}" >"$1.ext"
  openssl req -new -key "$1.key" -subj "$2" | openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
}
key ca
openssl req -x509 -new -key ca.key -subj /CN=kubernetes-ca -days 2 -out ca.crt
cert apiserver /CN=kube-apiserver serverAuth "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$NODE,IP:10.96.0.1"
cert kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
cert kubelet "/O=system:nodes/CN=system:node:$NAME" serverAuth "DNS:$NAME,IP:$NODE"
cert admin /O=system:masters/CN=admin clientAuth
cert controller-manager /CN=system:kube-controller-manager clientAuth
cert scheduler /CN=system:kube-scheduler clientAuth
cert node "/O=system:nodes/CN=system:node:$NAME" clientAuth
key sa
openssl ec -in sa.key -pubout -out sa.pub 2>/dev/null
