-- Which accepted rows repeat a natural key, and with the same content as the first that had it?
WITH contenders AS (
    SELECT 0 AS age, 0 AS file, 0 AS row, {columns} FROM earlier WHERE hash({key}) IN (FROM suspects)
    UNION ALL
    SELECT 1 AS age, file, row, {columns} FROM accepted WHERE hash({key}) IN (FROM suspects)
),
ranked AS (
    SELECT
        age,
        file,
        row,
        {key},
        row_number() OVER arrival AS place,
        row({columns}) IS NOT DISTINCT FROM first_value(row({columns})) OVER arrival AS same
    FROM contenders
    WINDOW arrival AS (PARTITION BY {key} ORDER BY age, file, row)
)
SELECT file, row, same, concat_ws(', ', {key}) AS key_text
FROM ranked
WHERE age = 1 AND place > 1
