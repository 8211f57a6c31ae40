"""How people are reached: one file a channel, when which one is tried, and the loop that sends. Only text that may leave goes out."""
