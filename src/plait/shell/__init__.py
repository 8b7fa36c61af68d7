"""`plait shell`: statements at a prompt, with completion, on engines that stay warm."""
