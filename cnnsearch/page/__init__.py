"""The contents of pages as data: sections, charts and pictures. cnnsearch.report renders them."""
