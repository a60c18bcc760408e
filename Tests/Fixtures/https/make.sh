#!/bin/bash
# Makes the certificates of this folder anew: those of HTTPS servers, all with the one key of server-key.pem, which guards
# nothing. Needs the command openssl. They are valid for 20 years; tests that want expired ones ask at a later time.
set -euo pipefail
cd "$(dirname "$0")"
days=7300
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out server-key.pem

authority() { # FILE NAME
    openssl ecparam -name prime256v1 -genkey -noout -out "$scratch/$1.key"
    openssl req -x509 -new -key "$scratch/$1.key" -days $days -subj "/O=Postseal tests/CN=$2" \
        -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$1.pem"
}

server() { # FILE AUTHORITY COMMON-NAME [SUBJECT-ALTERNATIVE-NAMES]
    openssl req -new -key server-key.pem -subj "/O=Postseal tests/CN=$3" -out "$scratch/request"
    {
        echo 'basicConstraints=critical,CA:FALSE'
        echo 'keyUsage=critical,digitalSignature'
        echo 'extendedKeyUsage=serverAuth'
        if [[ ${4:-} ]]; then echo "subjectAltName=$4"; fi
    } >"$scratch/extensions"
    openssl x509 -req -in "$scratch/request" -CA "$2.pem" -CAkey "$scratch/$2.key" -days $days \
        -extfile "$scratch/extensions" -out "$1.pem" 2>"$scratch/log"
}

authority root 'Test root'
authority unknown-root 'Nobody knows this root'
server good root server DNS:mta-sts.example.org
server wildcard root server 'DNS:*.example.org'
server other-name root mta-sts.example.org DNS:www.example.org
server common-name-only root mta-sts.example.org
server unknown-authority unknown-root server DNS:mta-sts.example.org
openssl req -x509 -new -key server-key.pem -days $days -subj '/O=Postseal tests/CN=mta-sts.example.org' \
    -addext 'subjectAltName=DNS:mta-sts.example.org' -out self-signed.pem
rm -f unknown-root.pem
