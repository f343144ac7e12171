"""Workbooks for the tests of the kind excel."""

import openpyxl

from adapters.excelfile import ExcelAdapter, ExcelSettings

ENTITY = "customer"


def saved(path, rows, title="customer"):
    """A workbook with these rows in its only sheet."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)


def opened(path, resource=ENTITY, **settings):
    return ExcelAdapter(
        "sheet", ExcelSettings(path=path.name, **{"key": "id"} | settings), path.parent, {ENTITY: resource}
    )


def shown(adapter, id="1"):
    """The payload of one record."""
    (record,) = adapter.fetch(ENTITY, [id])
    return record.payload
