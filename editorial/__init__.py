"""Where educators work: write, try, check, review, publish, answer learners, and learn from their answers."""
