"""What the studies beyond the paper found: one module a study, and the advice that follows."""
