"""What sound files tell of themselves: how long they last, and of which kind they are."""
