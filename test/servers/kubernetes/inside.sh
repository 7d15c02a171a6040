#!/bin/bash
# Runs as the first process of a cluster's namespaces. It starts and ends the cluster's servers as stdin says, a line each, and answers each line with
# one; when stdin ends, so does everything.
set -u
cd "$DIR" || exit
exec 3>&1 >>log/inside.log 2>&1
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
mount -t tmpfs tmpfs /var/lib
mkdir /var/lib/kubelet
mount --bind kubelet /var/lib/kubelet
ip link set lo up
declare -A pids
while read -r op name value; do
  case $op in
    # Its end of the pair was moved into this namespace.
    network)
      ip addr add "$value" dev "$name"
      ip link set "$name" up
      ip route add default via "$HOST"
      # kubernetes.default: there is no kube-proxy to lead there.
      ip addr add 10.96.0.1/32 dev lo
      sysctl -qw net.ipv4.ip_forward=1
      ;;
    start) sh "servers/$name" >>"log/$name.log" 2>&1 3>&- </dev/null & pids[$name]=$! ;;
    signal) kill "-$value" "${pids[$name]}" ;;
    end)
      kill "-$value" "${pids[$name]}"
      wait "${pids[$name]}"
      ;;
  esac
  echo "$op $name" >&3
done
