package org.align4j.core.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.align4j.core.template.Template.Rendered;
import org.align4j.core.template.Template.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The language by small examples; the expected values are Python's. */
class TemplateTest {
    private static String render(String template) {
        return Template.parse(template)
                .render(Map.of("xs", List.of(3, 1, 2), "d", Map.of("k", 1.0), "s", "h\u00e9\ud83d\ude00"))
                .text();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{{ xs[::-1] }} {{ s[-1] }}{{ s|length }}=>[2, 1, 3] \ud83d\ude003",
                "{{ 7 // -2 }} {{ -7 % 3 }} {{ 2 ** 70 }}=>-4 2 1180591620717411303424",
                "{{ [1.0, None, 'x', \"a\\n\"] }}=>[1.0, None, 'x', 'a\\n']",
                "{{ d|tojson }} {{ {1: true}|tojson(indent=1) == '{\\n \"1\": true\\n}' }}=>{\"k\": 1.0} True",
                "{% for x in xs if x > 1 %}{{ loop.index }}{{ x }}{{ '' if loop.last else ',' }}{% endfor %}=>13,22",
                "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{% call m(1) %}!{% endcall %}=>12!",
                "{% set ns = namespace(n=0) %}{% for x in xs %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}=>6",
                "{% set t %} a {% endset %}[{{ t|trim }}]{% filter upper %}b{% endfilter %}=>[a]B",
                "{{ nothing }}{{ nothing is defined }}{{ xs is mapping }}{{ 1 in xs }}=>FalseFalseTrue",
                "{% for x in xs %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}=>32",
                "{{ '%s-%03d' % ('a', 7) }} {{ '{0:>4}|{x!r}'.format('b', x='c') }}=>a-007    b|'c'",
                "{{ xs|sort|join('-') }} {{ xs|map('string')|list }}=>1-2-3 ['3', '1', '2']",
                "{% for a in [[1, [2]]] recursive %}{{ a if a is number else loop(a) }}{% endfor %}=>12",
                "{% raw %}{{ x }}{% endraw %}{# no #}=>{{ x }}",
                "{{ strftime_now('%d %b %Y') }}=>15 Jan 2026",
            })
    void examples(String template, String expected) {
        assertThat(render(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{{ ' a  b '.split(none, 1) }} {{ '  a b  c  '.split(none, 2) }}=>['a', 'b '] ['a', 'b', 'c  ']",
                "{{ ' a  b '.split(none, 0) }} {{ ' a  b '.split(maxsplit=1) }}=>['a  b '] ['a', 'b ']",
                "{{ ' a  b '.rsplit(none, 1) }} {{ ' a  b c '.rsplit(none, 0) }}=>[' a', 'b'] [' a  b c']",
                "{{ ' a b '.split() }} {{ ''.split(none, 1) }} {{ ' '.split(none, 1) }}=>['a', 'b'] [] []",
                "{{ 'abc'.find('', 4) }}{{ 'abc'.find('', 3) }}{{ 'abc'.count('', 2, 1) }}=>-130",
                "{{ ''.endswith('', 1) }} {{ 'ab'.startswith('', 2) }}=>False True",
                "{{ '{a}-{b!r}'.format_map({'a': 1, 'b': 'x'}) }}=>1-'x'",
            })
    void stringsAreCutAndSearchedAsPythonDoes(String template, String expected) {
        assertThat(render(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ 'a'.partition('') }}", "{{ 'a'.rpartition('') }}", "{{ 'a'.split('') }}"})
    void anEmptySeparatorIsRefused(String template) {
        assertThatThrownBy(() -> render(template)).hasMessageContaining("empty separator");
    }

    /** What MarkupSafe 3.0.3 gives: comments first, then tags, white space collapsed, references resolved. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>>",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{{ 'Main &raquo;\t<em>About</em>'|striptags }}=>>Main \u00bb About",
                "{{ ' a<!-- <b>x</b> -->b  <i>c\\n d </i> '|striptags }}=>>ab c d",
                "{{ 'x < y and <b>z'|striptags }}=>>x z",
                "{{ 'open <b'|striptags }}{{ 'a<!--b'|striptags }}=>>open <ba<!--b",
                "{{ '&lt;b&gt; &#62;&#x3e; &notit; &amp &#150;&#0;&#11;'|striptags }}=>><b> >> \u00acit; & \u2013\ufffd",
                "{{ 'a&lt;b'|striptags|e }}=>>a&lt;b",
                "{{ {'id': 1, 'class': 'a \"b\"', 'no': none}|xmlattr }}=>> id=\"1\" class=\"a &#34;b&#34;\"",
            })
    void htmlBecomesText(String template, String expected) {
        assertThat(render(template)).isEqualTo(expected);
    }

    /** What jinja2 3.1.6 gives, whose filter is Python's textwrap. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>>",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{{ 'the quick brown-fox jumps'|wordwrap(10, wrapstring='|') }}=>>the quick|brown-fox|jumps",
                "{{ 'the quick brown-fox jumps'|wordwrap(10, true, '|', false) }}=>>the quick|brown-fox|jumps",
                "{{ 'abcdefgh ij'|wordwrap(3, wrapstring='|') }}=>>abc|def|gh|ij",
                "{{ 'abcdefgh ij'|wordwrap(3, false, '|') }}=>>abcdefgh|ij",
                "{{ 'well-known or'|wordwrap(6, false, '|', false) }}=>>well-known|or",
                "{{ 'well-known--or not'|wordwrap(6, wrapstring='|') }}=>>well-|known|--or|not",
                "{{ '  a   b  '|wordwrap(3, wrapstring='|') }}=>>  a|b",
                "{{ 'a b\\n\\nc d'|wordwrap(2, wrapstring='|') }}=>>a|b||c|d",
                "{{ '😀😀😀 x'|wordwrap(2, wrapstring='|') }}=>>😀😀|😀|x",
                "{{ ('<a b>'|e)|wordwrap(4, wrapstring='|') }}=>>&lt;|a b&|gt;",
                "{{ 'a b'|wordwrap(1, wrapstring='<br>'|safe) }}=>>a<br>b",
            })
    void wordsAreWrappedAsJinjaDoes(String template, String expected) {
        assertThat(render(template)).isEqualTo(expected);
    }

    @Test
    void noLineIsNarrowerThanOneCharacter() {
        assertThatThrownBy(() -> render("{{ 'a'|wordwrap(0) }}")).hasMessageContaining("invalid width 0 (must be > 0)");
        assertThatThrownBy(() -> render("{{ 5|wordwrap }}")).isInstanceOf(TemplateException.class);
    }

    /** What MarkupSafe 3.0.3 gives. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>>",
            ignoreLeadingAndTrailingWhitespace = false,
            quoteCharacter = '`',
            value = {
                "{{ ('%s'|safe) % '<b>' }}=>>&lt;b&gt;",
                "{{ ('<i>%s</i>%s'|safe) % ('<', '>'|safe) }}=>><i>&lt;</i>>",
                "{{ ('%(a)s'|safe) % {'a': '<'} }}=>>&lt;",
                "{{ ('%r'|safe) % '<' }}=>>&#39;&lt;&#39;",
                "{{ ('%5s|%.2s|%d'|safe) % ('<', '<', 5) }}=>> &lt;|&l|5",
                "{{ (('%s'|safe) % 'x') is escaped }}=>>True",
                "{{ ('%s'|safe)|format('<') }}=>>&lt;",
                "{{ '%s'|format('<') }}=>><",
                "{{ ('{} {a}'|safe).format('<', a='>'|safe) }}=>>&lt; >",
                "{{ ('{!r}'|safe).format('<') }}=>>&#39;&lt;&#39;",
                "{{ ('{a}'|safe).format_map({'a': '<'}) }}=>>&lt;",
                "{{ (','|safe).join(['<', '>'|safe, 5]) }}=>>&lt;,>,5",
                "{{ ('a<b'|safe).replace('a', '<') }}=>>&lt;<b",
                "{{ ('a b'|safe).split()[0] is escaped }}=>>True",
                "{{ (('a'|safe)|center(5)) is escaped }}=>>True",
                "{{ (('ab'|safe)|reverse) is escaped }}=>>True",
                "{{ (('a b c d e f g h'|safe)|truncate(5, end='<')) }}=>>a b&lt;",
                "{{ ('%d and %.1f'|safe) % ('5', '2.5') }}=>>5 and 2.5",
            })
    void whatIsPutIntoMarkupIsEscaped(String template, String expected) {
        assertThat(render(template)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ('%x'|safe) % 5 }}",
                "{{ ('%c'|safe) % 'a' }}",
                "{{ ('%*d'|safe) % (5, 3) }}",
                "{{ ('%d'|safe) % 'a' }}",
                "{{ ('{:>3}'|safe).format('<'|safe) }}",
                "{{ ('a'|safe).ljust(3, '<') }}"
            })
    void whatMarkupDoesNotTakeIsRefused(String template) {
        assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
    }

    @Test
    void tagsTakeTheirLineAndOneNewlineAtTheEndGoes() {
        assertThat(render("a\r\n  {% if true %}\r\nb\r\n  {% endif %}\r\n{{ 'c' -}}\n  d\n"))
                .isEqualTo("a\nb\ncd");
    }

    @Test
    void generationSpansCountCodePoints() {
        Rendered rendered = Template.parse("\ud83d\ude00{% generation %}h\u00e9\ud83d\ude00{% endgeneration %}!"
                        + "{% macro m() %}ab{% generation %}c{% endgeneration %}{% endmacro %}{{ m() }}")
                .render(Map.of());
        assertThat(rendered.generationSpans()).containsExactly(new Span(1, 4), new Span(7, 8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\n{% if x %}", "{{ (1 }}", "\n\n{% endfor %}", "{{ 'x' | nofilter }}", "{% break %}", "{{ x",
                "{% for %}{% endfor %}", "{{ 'x }}", "{# x", "{% frob %}", "{{ a b }}", "{% set 1 = 2 %}"
            })
    void syntaxErrorsHaveAPlace(String template) {
        TemplateException error = catchThrowableOfType(TemplateException.class, () -> Template.parse(template));
        assertThat(error).isNotNull();
        assertThat(error.kind()).isEqualTo("TemplateSyntaxError");
        assertThat(error.getMessage()).contains("line " + error.line()).contains("column " + error.column());
    }

    @Test
    void thePlaceIsThatOfTheFault() {
        assertThatThrownBy(() -> Template.parse("a\n  {{ b }}{% frob %}"))
                .hasMessageContaining("unknown tag 'frob' (line 2, column 13)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{{ 'a' * 10 ** 9 }}",
                "{{ 10 ** 1000000000 }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% set ns = namespace(x=['a']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{{ range(10 ** 9) }}",
                "{{ '%999999999d' % 1 }}",
            })
    void bombsEndWithAClearError(String template) {
        assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.__class__.__mro__ }}",
                "{{ xs.append(1) }}",
                "{{ d.update({}) }}",
                "{{ nothing.x }}",
                "{{ 'a' + 1 }}",
                "{{ none|length }}",
                "{% include 'x' %}",
                "{{ raise_exception('no') }}",
                "{{ 1 // 0 }}"
            })
    void whatPythonRefusesIsRefused(String template) {
        assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
    }
}
