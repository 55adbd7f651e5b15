"""Names of members that break conditions made by hand, or that a person takes for another one."""

from __future__ import annotations

NAMES = [
    "Canada",
    # taken for another
    *("canada", " Canada", "Canada ", "Can  ada", "Can ada", "Can\u00a0ada", "Can\u200bada", "Cana\u0064a\n"),
    *("Cafe\u0301", "Caf\u00e9", "Executive", "Admin", "Gamma", "Canada #0123456789ab", "reader_marts"),
    # quotes, comments and escapes of SQL
    *(
        "O'Brien",
        "O''Brien",
        "'",
        "''",
        '"',
        "\\",
        "\\'",
        "\\\\",
        "E'\\x41'",
        "$$",
        "; select 1 --",
        "/* */ --",
    ),
    *(
        "x' or '1'='1",
        "x') or (1=1",
        "') or true --",
        "U&'\\0041'",
        "\\:a",
        ":a",
        ":a::text",
        "%",
        "%%",
        "%s",
    ),
    *("%(a)s", "_", "*", "null", "1 = 1", "{a}", "?", "a;b", "`a`", "@a", "a\tb", "a\nb", "a\r\nb"),
    # templates of Jinja
    *("{{ 1 }}", "{{ 1", "1 }}", "{% raw %}", "{# a #}", "{{ current_username() }}", "{%", "${a}"),
    # of any script, and of any length
    *(
        "日本",
        "Ελλάδα",
        "الأردن",
        "🇩🇪",
        "ß",
        "ẞ",
        "İ",
        "i\u0307",
        "\u202eadanaC",
        "x" * 64,
        "x" * 65,
        "x" * 10_000,
    ),
]
