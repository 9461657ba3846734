"""From the changes of a fix to edited files: everything but the changed requirements stays."""
