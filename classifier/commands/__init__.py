"""The subcommands `tag` and `labels`."""

from classifier.commands.labels_command import labels
from classifier.commands.tag_command import tag

__all__ = ["labels", "tag"]
