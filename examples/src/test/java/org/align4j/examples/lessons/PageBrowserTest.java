package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which program a lesson's page is opened with. */
@DisabledOnOs(OS.WINDOWS)
class PageBrowserTest {
    @TempDir
    Path folder;

    private final Terminal terminal = Terminal.captured();

    @Test
    void theNamedBrowserGetsTheAddressOfThePage() throws IOException {
        Path seen = folder.resolve("seen");
        Path browser = Files.writeString(folder.resolve("browser"), "#!/bin/sh\nprintf %s \"$1\" > " + seen + "\n");
        assertThat(browser.toFile().setExecutable(true)).isTrue();
        Path page = Files.writeString(folder.resolve("lesson 1.html"), "");
        new PageBrowser(Map.of("BROWSER", browser.toString())).open(page, terminal);
        assertThat(seen).hasContent(page.toUri().toString());
        assertThat(terminal.captureLog()).isEmpty();
    }

    @Test
    void aBrowserThatIsntThereIsNamed() throws IOException {
        Path page = folder.resolve("lesson.html");
        new PageBrowser(Map.of("BROWSER", folder.resolve("none").toString())).open(page, terminal);
        assertThat(terminal.captureLog())
                .contains("There is no program", "could not open the page; set BROWSER", page.toString());
    }
}
