package org.align4j.core.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.files.OutputFile;

/** Writes the page about a group of runs: which setting is better, what each option does, curves, samples. One file that loads nothing. */
public final class GroupReport {
    private GroupReport() {}

    /**
     * What a page has beside the group's own parts.
     *
     * @param title of the page, as text
     * @param before parts before the group's, as HTML
     * @param after parts behind them, as HTML
     */
    public record Frame(String title, String before, String after) {}

    /**
     * Writes a page.
     *
     * @param page the file, which is replaced
     * @param runs of the group, for curves and samples
     */
    public static void write(Path page, Frame frame, RunGroup group, List<Path> runs) throws IOException {
        List<RunView> views = RunView.read(runs);
        GroupSections sections = new GroupSections(group, views, OutputFile.behindLinks(page));
        String body = sections.header(frame.title()) + frame.before() + sections.page() + frame.after();
        HtmlReport.put(OutputFile.behindLinks(page), HtmlReport.page(frame.title(), body, sections.charts()));
    }
}
