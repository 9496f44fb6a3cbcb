"""What pages are made of, as data: sections, charts and pictures. cnnsearch.report renders them."""
