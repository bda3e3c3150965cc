"""What a report is printed as: tables, a workbook, a paper."""
