-- Purpose: experiments whose rows have the same columns share one table of rows; which one it is stands
-- here. Rows of tables that one experiment had for itself are moved when the store is opened next.
alter table ledger.experiments add column rows_table text;
