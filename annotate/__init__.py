"""The labelling side: Label Studio projects as code."""
