"""The configuration file, the settings that people make, and what is locked."""

from engramd.settings.config_file import ConfigFile, read_config_file
from engramd.settings.secrets import SECRETS
from engramd.settings.settings import Settings

__all__ = ["SECRETS", "ConfigFile", "Settings", "read_config_file"]
