//! Arrow as the plugin contract sees it: format strings, checked buffers, batches and columns.
