package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.page.HtmlText;

/**
 * The prose of a lesson in Markdown: paragraphs, headings, lists, formulas (four blanks in), {@code code}, bold, italics and links. A
 * paragraph that begins with "Answer:" and what follows it up to the next heading are folded on the page and left out in the terminal.
 */
final class LessonProse {
    private static final Splitter BLOCKS = Splitter.onPattern("\n\\s*\n").omitEmptyStrings();
    private static final Pattern HEADING = Pattern.compile("(#{2,4}) (.*)");
    private static final Pattern ITEM = Pattern.compile("(?m)^- ");
    private static final Pattern INLINE = Pattern.compile(
            "`([^`]+)`|\\*\\*([^*]+)\\*\\*|(?<![^\\s(])\\*([^*\\s][^*]*)\\*(?![\\w(])|\\[([^\\]]+)]\\(([^)\\s]+)\\)");
    private static final String ANSWER = "Answer:";
    private static final String FORMULA = "    ";

    private LessonProse() {}

    /**
     * Writes prose as HTML.
     *
     * @param address makes what a link says into the address that it leads to
     */
    static String html(String markdown, UnaryOperator<String> address) {
        StringBuilder out = new StringBuilder();
        boolean folded = false;
        for (String block : BLOCKS.split(markdown)) {
            boolean heading = HEADING.matcher(block).matches();
            if (folded && heading) {
                out.append("</details>\n");
                folded = false;
            }
            if (!folded && block.startsWith(ANSWER)) {
                out.append("<details><summary>Answer</summary>\n");
                folded = true;
                block = block.substring(ANSWER.length()).strip();
            }
            out.append(block(block, address)).append('\n');
        }
        return out.append(folded ? "</details>\n" : "").toString();
    }

    private static String block(String block, UnaryOperator<String> address) {
        Matcher heading = HEADING.matcher(block);
        if (heading.matches()) {
            int level = heading.group(1).length();
            return format("<h%d>%s</h%d>", level, inline(heading.group(2), address), level);
        }
        if (block.startsWith(FORMULA)) {
            return "<pre class=\"formula\">" + HtmlText.html(block.replaceAll("(?m)^ {4}", "")) + "</pre>";
        }
        if (ITEM.matcher(block).lookingAt()) {
            StringBuilder list = new StringBuilder("<ul>");
            Splitter.on(ITEM)
                    .omitEmptyStrings()
                    .split(block)
                    .forEach(item ->
                            list.append("<li>").append(inline(item, address)).append("</li>"));
            return list.append("</ul>").toString();
        }
        return "<p>" + inline(block, address) + "</p>";
    }

    private static String inline(String text, UnaryOperator<String> address) {
        String flowing = text.strip().replaceAll("\\s+", " ");
        return INLINE.matcher(HtmlText.html(flowing))
                .replaceAll(found -> Matcher.quoteReplacement(marked(found, address)));
    }

    private static String marked(MatchResult found, UnaryOperator<String> address) {
        if (found.group(1) != null) {
            return "<code>" + found.group(1) + "</code>";
        }
        if (found.group(2) != null) {
            return "<strong>" + found.group(2) + "</strong>";
        }
        return found.group(3) != null
                ? "<em>" + found.group(3) + "</em>"
                : link(address.apply(found.group(5)), found.group(4));
    }

    /** Writes words, in HTML, that lead somewhere; they are words alone where there is no address. */
    static String link(String address, String words) {
        return address.isEmpty() ? words : format("<a href=\"%s\">%s</a>", address, words);
    }

    /** Writes words, in Markdown, that lead somewhere; they are words alone where there is no address. */
    static String linked(String address, String words) {
        return address.isEmpty() ? words : format("[%s](%s)", words, address);
    }

    /** Writes prose as a notebook's Markdown: links lead to where they are made to lead, and answers are folded. */
    static String notebook(String markdown, UnaryOperator<String> address) {
        List<String> blocks = new ArrayList<>();
        boolean folded = false;
        for (String block : BLOCKS.split(markdown)) {
            if (folded && HEADING.matcher(block).matches()) {
                blocks.add("</details>");
                folded = false;
            }
            String text = block;
            if (!folded && block.startsWith(ANSWER)) {
                blocks.add("<details><summary>Answer</summary>");
                folded = true;
                text = block.substring(ANSWER.length()).strip();
            }
            blocks.add(INLINE.matcher(text)
                    .replaceAll(found -> Matcher.quoteReplacement(
                            found.group(5) == null
                                    ? found.group()
                                    : linked(address.apply(found.group(5)), found.group(4)))));
        }
        if (folded) {
            blocks.add("</details>");
        }
        return String.join("\n\n", blocks);
    }

    /** Returns the paragraphs of prose as a terminal shows them, answers left out. */
    static List<String> lines(String markdown) {
        List<String> lines = new ArrayList<>();
        boolean folded = false;
        for (String block : BLOCKS.split(markdown)) {
            Matcher heading = HEADING.matcher(block);
            folded = block.startsWith(ANSWER) || (folded && !heading.matches());
            if (block.startsWith(ANSWER)) {
                lines.add("(The answer is on the page.)");
            } else if (!folded) {
                lines.add(heading.matches() ? "— " + heading.group(2) : plain(block));
            }
        }
        return lines;
    }

    private static String plain(String block) {
        String flowing = block.startsWith(FORMULA) || ITEM.matcher(block).lookingAt()
                ? block
                : block.replaceAll("\\s*\n\\s*", " ");
        return INLINE.matcher(flowing).replaceAll(found -> {
            for (int group = 1; group <= 4; group++) {
                if (found.group(group) != null) {
                    return Matcher.quoteReplacement(found.group(group));
                }
            }
            return Matcher.quoteReplacement(found.group());
        });
    }
}
