"""The screens: the list, the timeline, the details of one row, the help. Each turns keys into state and paints it."""
