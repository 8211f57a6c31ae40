"""Who is this: links, merges, splits and those whom nobody knows yet."""
