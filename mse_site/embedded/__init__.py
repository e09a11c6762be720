"""The site on one machine without anything installed beside it: private servers and one supervisor for all processes."""

from mse_site.embedded.servers import Servers, start_servers

__all__ = ["Servers", "start_servers"]
