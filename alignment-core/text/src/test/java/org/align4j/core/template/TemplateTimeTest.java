package org.align4j.core.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that would compute for hours, each of functions that look like one step. */
class TemplateTimeTest {
    private static final Duration SOON = Duration.ofSeconds(2);

    /** {@code s} is a million a; {@code p} ends in b, {@code q} begins with it: no search may begin anew at each place. */
    private static final String TEXTS =
            "{% set s = 'a' * 1000000 %}{% set p = 'a' * 400000 ~ 'b' %}{% set q = 'b' ~ 'a' * 400000 %}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s.find(p)",
                "s.rfind(q)",
                "s.count(p)",
                "p in s",
                "p not in s",
                "s.replace(p, '')",
                "s|replace(p, '')",
                "s.split(p)|length",
                "s.rsplit(q)|length",
                "s.partition(p)|length",
                "s.rpartition(q)|length",
                "s.strip(p[400000:] * 400000)",
                "s|trim(q)",
                "(('1' * 1000000) ~ 'x')|float",
            })
    void searchesReadEachCharacterOnce(String expression) {
        assertTimeoutPreemptively(
                SOON,
                () -> assertThat(render(TEXTS + "{{ (" + expression + ")|string|length }}"))
                        .isNotEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s.startswith((p,) * 100000)",
                "s.endswith((q,) * 100000)",
            })
    void comparisonsArePaidFor(String expression) {
        assertTimeoutPreemptively(
                SOON,
                () -> assertThatThrownBy(() -> render(TEXTS + "{{ " + expression + " }}"))
                        .isInstanceOf(TemplateException.class)
                        .hasMessageContaining("steps"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"t == u", "t != u", "t in [u]", "t is eq u"})
    void equalLongTextsArePaidFor(String expression) {
        String template = "{% set t = 'a' * 2000000 ~ 'b' %}{% set u = 'a' * 2000000 ~ 'c' %}"
                + "{% for i in range(100000) %}{% if " + expression + " %}x{% endif %}{% endfor %}";
        assertTimeoutPreemptively(
                SOON,
                () -> assertThatThrownBy(() -> render(template))
                        .isInstanceOf(TemplateException.class)
                        .hasMessageContaining("steps"));
    }

    /** Each render is within its own budget, but a file of such rows would take weeks. */
    @Tag("long")
    @Test
    void rendersThatAreAllSlowEndTogether() {
        Template slow = Template.parse("{% for i in range(40000) %}{% for j in range(200) %}{% endfor %}{% endfor %}");
        int[] renders = {0};
        assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> assertThatThrownBy(() -> {
                            while (renders[0] < 1000) {
                                slow.render(Map.of("messages", List.of("a short question")));
                                renders[0]++;
                            }
                        })
                        .isInstanceOf(TemplateException.class)
                        .hasMessageContaining("more than conversations of their size take"));
        assertThat(renders[0]).isBetween(5, 100);
    }

    @Test
    void ordinaryRendersNeverEnd() {
        Template usual =
                Template.parse("{% for m in messages %}{{ m.role ~ ': ' ~ m.content|trim ~ '\n' }}{% endfor %}");
        List<Map<String, String>> messages = List.of(Map.of("role", "user", "content", "x".repeat(1_000_000)));
        for (int i = 0; i < 200; i++) {
            usual.render(Map.of("messages", messages));
        }
        assertThat(usual.extraSteps()).isZero();
    }

    private static String render(String template) {
        return Template.parse(template).render(Map.of()).text();
    }
}
