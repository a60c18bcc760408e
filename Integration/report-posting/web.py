"""nginx with a host for each way in which a web server can take a report, or not."""

import os
import signal
import socket
import subprocess

from mail_world import waiting

MAIN = """daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
  log_format post '$host $request_method $request_uri $status $content_type $request_length $request_body_file';
  access_log {folder}/access.log post;
  client_body_temp_path {folder}/bodies;
  client_body_in_file_only on;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream inner {{ server unix:{folder}/inner.sock; }}
{servers}
}}
"""
# A body is read if it is passed on: so the status is that of a second server behind.
OUTER = """  server {{
    listen {address}:443 ssl;
    server_name {host};
    ssl_certificate {folder}/{certificate}.pem;
    ssl_certificate_key {folder}/{certificate}.pem;
    {limit}
    location / {{ proxy_pass http://{behind}; proxy_set_header Host $host; }}
  }}
"""
INNER = """  server {{
    listen unix:{folder}/inner.sock;
    access_log off;
    server_name {host};
    location / {{ {action}; }}
  }}
"""


class Web:
    """The servers. `hosts`: name to (certificate, action or the address of a server behind, limit)."""

    def __init__(self, folder, address, hosts):
        self.folder, self.address, self.hosts, self.process = folder, address, hosts, None
        os.makedirs(folder)

    def write(self):
        servers = ""
        for host, (certificate, action, limit) in self.hosts.items():
            inner = action.startswith("return")
            behind = "inner" if inner else action
            servers += OUTER.format(folder=self.folder, address=self.address, host=host, certificate=certificate,
                                    behind=behind, limit=limit)
            if inner:
                servers += INNER.format(folder=self.folder, host=host, action=action)
        with open(f"{self.folder}/nginx.conf", "w", encoding="ascii") as file:
            file.write(MAIN.format(folder=self.folder, servers=servers))

    def start(self):
        self.write()
        self.process = subprocess.Popen(
            ["nginx", "-c", f"{self.folder}/nginx.conf", "-p", self.folder, "-e", f"{self.folder}/error.log"],
            start_new_session=True, stderr=subprocess.DEVNULL)
        waiting.until("nginx", self.listens)

    def listens(self):
        if self.process.poll() is not None:
            with open(f"{self.folder}/error.log", encoding="utf-8") as file:
                raise waiting.TooLate(f"nginx ended: {file.read()[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex((self.address, 443)) == 0

    def reload(self):
        """Takes up what `hosts` says now, before the next connection."""
        self.write()
        self.process.send_signal(signal.SIGHUP)

    def posts(self, host):
        """What was asked of a host: method, path, status, media type, length, and the file with the body."""
        with open(f"{self.folder}/access.log", encoding="ascii") as file:
            lines = [line.split() for line in file]
        return [tuple(line[1:]) for line in lines if line[0] == host]

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
