package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The first use of a term on a page, outside of code and headings, links to its entry in docs/concepts.md. */
class TermsTest {
    private static final Map<String, String> TERMS = new LinkedHashMap<>();

    static {
        TERMS.put("\\bpolic(y|ies)\\b", "policy");
        TERMS.put("\\breference\\b(?!-)", "reference");
        TERMS.put("\\blog-ratios?\\b", "log-ratio");
        TERMS.put("β", "β");
        TERMS.put("\\bKL\\b", "kl");
        TERMS.put("\\bnats?\\b", "log-probability-and-nats");
        TERMS.put("\\bLoRA\\b", "lora");
        TERMS.put("\\badvantages?\\b", "advantage");
        TERMS.put("\\bcritic\\b", "critic");
        TERMS.put("\\bperplexity\\b", "perplexity");
        TERMS.put("(?<!cross-)\\bentropy\\b", "entropy");
        TERMS.put("\\brollouts?\\b", "rollout");
        TERMS.put("\\bmargins?\\b", "margin");
        TERMS.put("\\bheld-out\\b", "held-out");
        TERMS.put("\\b[Bb]ootstrap(s|ped|ping)?\\b", "bootstrap");
        TERMS.put("\\bWilson\\b", "wilson-interval");
        TERMS.put("\\bk[13]\\b", "k1-and-k3");
        TERMS.put("\\b[Ww]hiten(ing|ed|s)?\\b", "whitening");
        TERMS.put("\\bdistinct-2\\b", "distinct-2");
        TERMS.put("\\b(clipped (ratio|objective)s?|clip fractions?|clip range)\\b", "ratio-and-clip");
        TERMS.put("\\bGRPO\\b", "grpo");
        TERMS.put("\\bNF4\\b", "nf4");
        TERMS.put("\\bGAE\\b", "gae");
        TERMS.put("\\bBradley( and |–|-)Terry\\b", "bradleyterry");
    }

    /** Where the terms are explained, the tables that only list, and the pages that are made from options and from planted bugs. */
    private static final Set<String> OTHERS = Set.of(
            "docs/concepts.md",
            "docs/notation.md",
            "docs/README.md",
            "docs/commands.md",
            "docs/bench/planted.md",
            "CONTRIBUTING.md");

    private static final Pattern NO_PROSE = Pattern.compile("(?ms)^```.*?^```|^#[^\\n]*|`[^`\\n]*`|\\]\\([^)\\n]*\\)");
    private static final Pattern LINK = Pattern.compile("\\[([^\\]\\n]*)\\]\\(([^)\\n]*)\\)");

    @Test
    void theFirstUseOfATermIsALinkToIt() throws IOException {
        List<String> bare = new ArrayList<>();
        int linked = 0;
        for (MarkdownPage page : MarkdownPage.all()) {
            if (!OTHERS.contains(page.toString())) {
                String text = Files.readString(page.file());
                String prose = NO_PROSE.matcher(text)
                        .replaceAll(code -> " ".repeat(code.group().length()));
                for (Map.Entry<String, String> term : TERMS.entrySet()) {
                    Matcher use = Pattern.compile(term.getKey()).matcher(prose);
                    if (use.find()) {
                        linked++;
                        if (!isLink(text, use.start(), "concepts.md#" + term.getValue())) {
                            bare.add(page + ": " + use.group());
                        }
                    }
                }
            }
        }
        assertThat(bare).isEmpty();
        assertThat(linked).isGreaterThan(100);
    }

    private static boolean isLink(String text, int at, String target) {
        for (MatchResult link : LINK.matcher(text).results().toList()) {
            if (link.start(1) <= at && at < link.end(1)) {
                return link.group(2).endsWith(target);
            }
        }
        return false;
    }
}
