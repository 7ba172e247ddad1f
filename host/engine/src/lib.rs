//! A job as a DataFusion physical plan: sources, stages, spool, sinks and report.
