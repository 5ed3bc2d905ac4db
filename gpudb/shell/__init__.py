"""The SQL shell: arguments, the prompt, its commands, aligned answers, progress bars."""
