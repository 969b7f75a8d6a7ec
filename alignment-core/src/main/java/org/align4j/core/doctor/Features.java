package org.align4j.core.doctor;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What an answer looks like, whatever it says. */
enum Features {
    /** Marks of Markdown: headings, list items, bold words, code, tables. */
    MARKDOWN {
        @Override
        double of(String answer) {
            return mayHaveMarks(answer) ? MARKS.matcher(answer).results().count() : 0;
        }
    },
    /** Whether it declines. */
    REFUSAL {
        @Override
        double of(String answer) {
            String start = answer.substring(0, Math.min(answer.length(), 300))
                    .toLowerCase(Locale.ROOT)
                    .replace('\u2019', '\'');
            return REFUSALS.stream().anyMatch(start::contains) ? 1 : 0;
        }
    },
    /** Pictures among the letters. */
    EMOJI {
        @Override
        double of(String answer) {
            int count = 0;
            for (int i = 0; i < answer.length(); i++) {
                count += answer.charAt(i) >= 0x2600 && isEmoji(answer.codePointAt(i)) ? 1 : 0;
            }
            return count;
        }
    };

    private static final Pattern MARKS = Pattern.compile(
            "(?m)^ {0,3}#{1,6} |^\\s*(?:[-*+\u2022]|\\d{1,3}[.)]) |\\*\\*[^*\\n]+\\*\\*|```|`[^`\\n]+`|^\\|.*\\|\\s*$");

    private static final List<String> REFUSALS = List.of(
            "i can't help",
            "i cannot help",
            "i can't assist",
            "i cannot assist",
            "i'm unable to",
            "i am unable to",
            "i can't provide",
            "i cannot provide",
            "i'm not able to",
            "i am not able to",
            "i won't",
            "i will not",
            "i cannot fulfill",
            "i can't fulfill",
            "i'm sorry, but",
            "i am sorry, but",
            "as an ai");

    /** How much of it an answer has. */
    abstract double of(String answer);

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static boolean mayHaveMarks(String text) {
        return text.indexOf('\n') >= 0 || text.indexOf('*') >= 0 || text.indexOf('`') >= 0 || text.startsWith("#");
    }

    private static boolean isEmoji(int c) {
        return (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x2600 && c <= 0x27BF) || (c >= 0x1F1E6 && c <= 0x1F1FF);
    }
}
