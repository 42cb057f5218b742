"""Beyond one machine: parts of a collection, worked on by any runner, searched in a Lance table."""
