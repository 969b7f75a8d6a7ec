package org.align4j.examples.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.Lessons;
import org.align4j.examples.lessons.RecordedLessons;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The site that {@code align docs} makes of this checkout: no dead link, one navigation, a search index, nothing from elsewhere. */
class SiteTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Pattern LINK = Pattern.compile("\\b(?:href|src)=\"([^\"]*)\"");
    private static final Pattern ANCHOR = Pattern.compile("\\b(?:id|name)=\"([^\"]*)\"");
    private static final Pattern CURRENT = Pattern.compile("<a href=\"[^\"]*\" aria-current=\"page\">");

    @TempDir
    static Path folder;

    private static Path site;

    /** Each page by its address, with its text. */
    private static final Map<String, String> PAGES = new TreeMap<>();

    @BeforeAll
    static void makeIt() throws IOException {
        System.setProperty("align4j.home", ROOT.toString());
        site = folder.resolve("site");
        new Site(ROOT, true).write(site);
        try (Stream<Path> files = Files.walk(site)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".html")).toList()) {
                PAGES.put(site.relativize(file).toString(), Files.readString(file));
            }
        }
    }

    @AfterAll
    static void forget() {
        System.clearProperty("align4j.home");
    }

    @Test
    void everyInternalLinkAndAnchorLeadsSomewhere() {
        Map<String, Set<String>> anchors = new HashMap<>();
        PAGES.forEach((address, text) -> anchors.put(address, all(ANCHOR, text)));
        List<String> dead = new ArrayList<>();
        int links = 0;
        for (Map.Entry<String, String> page : PAGES.entrySet()) {
            for (String link : all(LINK, page.getValue())) {
                if (!link.matches("(?i)[a-z]+:.*")) {
                    links++;
                    if (!leads(page.getKey(), link, anchors)) {
                        dead.add(page.getKey() + ": " + link);
                    }
                }
            }
        }
        assertThat(dead).isEmpty();
        assertThat(links).isGreaterThan(10_000);
        assertThat(PAGES).hasSizeGreaterThan(400);
    }

    @Test
    void formulasAreDrawnByTheBrowser() {
        for (String page : List.of("dpo", "ppo", "reward")) {
            assertThat(PAGES.get(page + ".html"))
                    .contains("<math display=\"block\">")
                    .doesNotContain("mfenced", "\\mathrm", "mstyle");
        }
    }

    private static Set<String> all(Pattern pattern, String text) {
        Set<String> found = new HashSet<>();
        pattern.matcher(text)
                .results()
                .map(one -> one.group(1)
                        .replace("&lt;", "<")
                        .replace("&gt;", ">")
                        .replace("&quot;", "\"")
                        .replace("&amp;", "&"))
                .forEach(found::add);
        return found;
    }

    private static boolean leads(String from, String link, Map<String, Set<String>> anchors) {
        int hash = link.indexOf('#');
        String file = (hash < 0 ? link : link.substring(0, hash)).replaceFirst("\\?.*", "");
        Path target = file.isEmpty()
                ? Path.of(from)
                : Path.of(from).resolveSibling(decoded(file)).normalize();
        if (!Files.isRegularFile(site.resolve(target))) {
            return false;
        }
        return hash < 0
                || hash == link.length() - 1
                || anchors.getOrDefault(target.toString(), Set.of()).contains(decoded(link.substring(hash + 1)))
                || anchors.getOrDefault(target.toString(), Set.of()).contains(link.substring(hash + 1));
    }

    private static String decoded(String address) {
        return URLDecoder.decode(
                address.replace("+", "%2B").replace("&lt;", "<").replace("&gt;", ">"), StandardCharsets.UTF_8);
    }

    @Test
    void everyPageOfTheBookAndEveryLessonIsThere() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".md")).toList()) {
                String name = ROOT.resolve("docs").relativize(file).toString();
                assertThat(PAGES).containsKey(name.equals("README.md") ? "index.html" : name.replace(".md", ".html"));
            }
        }
        for (Lesson lesson : Lessons.all().values()) {
            String address = SiteMap.lesson(lesson);
            assertThat(PAGES.get(address)).contains("<pre class=\"code\">", "<h2>Exercise</h2>");
            String notebook = Files.readString(site.resolve(address.replace(".html", ".ipynb")));
            assertThat(Json.read(notebook).path("nbformat").asInt()).isEqualTo(4);
            assertThat(notebook.split("<img width=", -1))
                    .as("pictures, which Jupyter shows where it would leave drawings out")
                    .hasSameSizeAs(PAGES.get(address).split("<svg class=\"chart\"", -1));
        }
        assertThat(PAGES.get("index.html")).contains("data:image/svg+xml", "Student", "Team", "Researcher");
        assertThat(PAGES.get("library.html")).contains("<a href=\"api/org/align4j/dpo/Dpo.html\">");
    }

    /** Every page but those of the Javadoc and of other files is marked in its own navigation and has a way on and back. */
    @Test
    void oneNavigationLeadsThroughAllPages() {
        Set<String> groups = new HashSet<>();
        PAGES.forEach((address, text) -> {
            if (address.startsWith("api/")) {
                return;
            }
            List<String> headings = Pattern.compile("<summary>([^<]*)</summary><ul>")
                    .matcher(text)
                    .results()
                    .map(one -> one.group(1))
                    .toList();
            groups.add(String.join(",", headings));
            if (!address.startsWith("files/") && !address.startsWith("bench/") && !address.equals("index.html")) {
                assertThat(CURRENT.matcher(text).results().count()).as(address).isEqualTo(1);
                assertThat(text).as(address).contains("rel=\"prev\"", "rel=\"next\"");
            }
        });
        assertThat(groups)
                .containsExactly("Begin,Lessons,Methods,Data,Evaluate,Machines,Serve,Reference,Inside,Java API");
        assertThat(PAGES.get("api/org/align4j/dpo/Dpo.html"))
                .contains("<div id=\"align4j-site\"><a href=\"../../../../index.html\">Align4J</a>");
    }

    @Test
    void nothingComesFromElsewhere() {
        PAGES.forEach((address, text) -> {
            assertThat(text).as(address).doesNotContainPattern("(?:src|<link[^>]* href)=\"(?:https?:)?//");
            if (!address.startsWith("api/")) {
                assertThat(text)
                        .contains("default-src 'none'", "script-src 'sha256-", " 'strict-dynamic'; img-src data:");
            }
        });
    }

    @Test
    void theSearchKnowsEverySection() throws IOException {
        String script = Files.readString(site.resolve("search-index.js"));
        assertThat(script).startsWith("window.align4jIndex = [").doesNotContain("<");
        JsonNode entries = Json.read(script.substring(script.indexOf('['), script.lastIndexOf(';')));
        Map<String, String> headings = new HashMap<>();
        for (JsonNode entry : entries) {
            String address = entry.path(0).asText();
            headings.put(address, entry.path(2).asText());
            assertThat(PAGES).containsKey(address.replaceFirst("#.*", ""));
        }
        assertThat(headings)
                .hasSizeGreaterThan(600)
                .containsEntry("concepts.html#lora", "LoRA")
                .containsEntry("lessons/03.html", "Lesson 3: What is the DPO loss of one pair?")
                .containsEntry("api/org/align4j/core/Align4j.html", "Align4j");
    }

    /** The page's own policy lets its script load the index from a disk; the heading that has the words comes first, a concept above all. */
    @ParameterizedTest
    @CsvSource({
        "learning rate, sizes.html#learning-rate",
        "softmax, concepts.html#softmax",
        "SFT, concepts.html#sft",
        "reward model, concepts.html#reward-model",
        "policy, concepts.html#policy"
    })
    void aBrowserSearchesWithoutAServer(String words, String first) throws IOException, InterruptedException {
        Path chromium = Path.of("/usr/bin/chromium");
        assumeTrue(Files.isExecutable(chromium), "There is no chromium here, so the search isn't tried in a browser.");
        Path seen = folder.resolve("seen.html");
        Process process = new ProcessBuilder(
                        chromium.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--virtual-time-budget=5000",
                        "--dump-dom",
                        site.resolve("dpo.html").toUri() + "?q=" + words.replace(" ", "%20"))
                .redirectOutput(seen.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(seen)
                .content()
                .containsPattern(
                        "<li id=\"found-0\" role=\"option\" aria-selected=\"true\"><a href=\"[./]*" + first + "\"")
                .contains("<mark>");
    }

    /** Words that the pages use without an explanation of their own are explained here. */
    @Test
    void aBeginnersWordsAreConcepts() {
        assertThat(PAGES.get("concepts.html"))
                .contains(Stream.of(
                                "rlhf",
                                "sft",
                                "logits",
                                "softmax",
                                "temperature",
                                "token",
                                "chat-template",
                                "overfitting",
                                "reward-model",
                                "eos")
                        .map(anchor -> " id=\"" + anchor + "\"")
                        .toList());
    }

    /** What a lesson printed is shown where its code is still that which printed it; other code asks for a new run. */
    @Test
    void whatLessonsPrintedIsOfTheirCode() throws IOException {
        assertThat(RecordedLessons.printedByOtherCode())
                .as("run align lesson N and copy its outputs.json to docs/lessons/NN.json")
                .isEmpty();
        assertThat(PAGES.get("lessons/03.html")).contains("<div class=\"output\">");
    }

    @Test
    void aSiteIsReplacedAndAFolderWithOtherFilesRefused() throws IOException {
        Path out = folder.resolve("again");
        new Site(ROOT, false).write(out);
        new Site(ROOT, false).write(out);
        assertThat(out.resolve("index.html")).isNotEmptyFile();
        assertThat(out.resolve("api")).doesNotExist();
        Path foreign = Files.writeString(out.resolve("serve/mine.txt"), "mine");
        assertThatThrownBy(() -> new Site(ROOT, false).write(out))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("serve/mine.txt, no file of a site");
        assertThatThrownBy(() -> new Site(ROOT, false).write(foreign))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("which is a file");
        assertThat(foreign).hasContent("mine");
    }

    /** Where something is missing, the folder stays as it was and nothing lies beside it. */
    @Test
    void whatFailsLeavesNothing() throws IOException {
        Path home = Files.createDirectories(folder.resolve("home"));
        Files.createDirectories(home.resolve("docs"));
        Path parent = Files.createDirectories(folder.resolve("parent"));
        assertThatThrownBy(() -> new Site(home, true).write(parent.resolve("site")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("neither Javadoc nor source in " + home)
                .hasMessageContaining("--api false");
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void whyThereIsNoJavadocIsSaid() throws IOException {
        assertThatThrownBy(() -> ApiPages.make(null, ROOT, folder.resolve("none")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has no javadoc (module jdk.javadoc)");
        Path home = folder.resolve("broken");
        for (Path packages : ApiPages.folders(home)) {
            Files.writeString(Files.createDirectories(packages).resolve("Broken.java"), "class {");
        }
        assertThatThrownBy(() -> ApiPages.make(ToolProvider.getSystemDocumentationTool(), home, folder.resolve("none")))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("The Javadoc wasn't made")
                .hasMessageContaining("Broken.java:1");
    }

    @Test
    void aLinkToAFileThatIsNotHereIsWordsAlone() throws IOException {
        MarkdownText page = new MarkdownText(
                "# A `b` *c*\n\n[gone](x.py) and [here](y.md#a-b-c)\n\n## A b c\n\n| a |\n|---|\n| 1 |\n");
        assertThat(page.html(link -> link.equals("x.py") ? "" : "y.html#a-b-c", picture -> picture, code -> ""))
                .contains(
                        "<p>gone and <a href=\"y.html#a-b-c\">here</a></p>",
                        "<h1 id=\"a-b-c\">",
                        "<h2 id=\"a-b-c-1\">",
                        "<div class=\"wide\" tabindex=\"0\"><table>");
        assertThat(MarkdownText.anchor("`align convert`: what, & why – β?")).isEqualTo("align-convert-what--why--β");
    }
}
