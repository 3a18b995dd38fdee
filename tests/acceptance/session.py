"""What is said in a session of the matrix, whoever plays it."""

# What the user says, turn by turn. The picture comes with the first.
PROMPTS = ["List the files here", "List them once more", "What have you seen?"]
# What the provider says last in each turn.
MARKERS = ["SIM-DONE-1", "SIM-DONE-2", "SIM-DONE-3"]
# The calls of each answer, turn by turn.
CALLS = [[1, 2, 0], [1, 0], [0]]
# The smallest picture there is: one pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
