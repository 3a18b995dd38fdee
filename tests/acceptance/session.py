"""What is said in a session of the matrix, whoever plays it."""

MARKER = "SIM-DONE-7"
PROMPT = "List the files here"
# The smallest picture there is: one pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
