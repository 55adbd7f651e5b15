"""Files that open the published marts in Power BI and Tableau, without a password in them."""
