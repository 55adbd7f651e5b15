"""What the containers of docker-compose.yml need in addition to `deploy`."""
