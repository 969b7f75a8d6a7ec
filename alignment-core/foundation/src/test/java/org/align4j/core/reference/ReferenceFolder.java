package org.align4j.core.reference;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;

/**
 * The reference cases of one kind ({@code families adapters losses traces templates tokenizers}), discovered, never
 * listed. They come from {@code -Dalign4j.reference=DIR} alone if given, else from the module's copies in {@code
 * src/test/resources/reference} (the engine's where it has none of this kind) and from {@code ../shared/reference} beside the repository ({@code ALIGN4J_SHARED}
 * names another shared folder); the same name counts once.
 *
 * <pre>{@code
 * @Tag("reference")
 * class LossReferenceTest {
 *     @TestFactory
 *     Stream<DynamicTest> losses() {
 *         return ReferenceFolder.of("losses").files(
 *                 name -> name.startsWith("dpo"), file -> file.each("cases"),
 *                 (reference, comparisons) -> comparisons.close("loss", reference.content().get("loss").asDouble(), ..., 1e-9));
 *     }
 * }
 * }</pre>
 */
public final class ReferenceFolder {
    private static final Path COPIES = Path.of("src", "test", "resources", "reference");

    private final String kind;
    private final List<Path> roots;
    private final Set<String> leaving;

    private ReferenceFolder(String kind, List<Path> roots, Set<String> leaving) {
        this.kind = kind;
        this.roots = roots;
        this.leaving = leaving;
    }

    /**
     * Says which fields of a case this test leaves unread, for example because another test reads them. Any other field that stays
     * unread fails the test, so that nothing which a case says is ignored.
     */
    public ReferenceFolder leaving(String... names) {
        Set<String> all = new HashSet<>(leaving);
        all.addAll(List.of(names));
        return new ReferenceFolder(kind, roots, all);
    }

    /** The folder of a kind, such as {@code losses}, in every place reference cases come from. */
    public static ReferenceFolder of(String kind) {
        return new ReferenceFolder(
                kind,
                places(kind).stream()
                        .map(place -> place.resolve(kind))
                        .filter(Files::isDirectory)
                        .toList(),
                Tally.REMARKS);
    }

    /** The folder shared beside the repository, which may be absent: {@code ALIGN4J_SHARED} or {@code ../shared}. */
    public static Path shared() {
        String named = System.getenv("ALIGN4J_SHARED");
        String repository = System.getProperty("align4j.root", "..");
        return named != null ? Path.of(named) : Path.of(repository, "..", "shared");
    }

    /** A test for each sub-folder that holds {@code marker}, a JSON file which is the case's content, and a closing one that reports. */
    public Stream<DynamicTest> folders(String marker, CaseCheck check) {
        return folders(marker, name -> true, check);
    }

    /** {@link #folders(String, CaseCheck)} for the sub-folders whose name {@code names} accepts. */
    public Stream<DynamicTest> folders(String marker, Predicate<String> names, CaseCheck check) {
        Map<String, Path> found = entries(path -> Files.exists(path.resolve(marker)));
        List<ReferenceCase> cases = found.entrySet().stream()
                .filter(entry -> names.test(entry.getKey()))
                .map(entry -> folder(entry.getKey(), entry.getValue(), marker))
                .toList();
        return tests(found, cases, check);
    }

    /** {@link #folders(String, CaseCheck)} for the sub-folders whose content {@code contents} accepts. */
    public Stream<DynamicTest> foldersOf(String marker, Predicate<JsonNode> contents, CaseCheck check) {
        Map<String, Path> found = entries(path -> Files.exists(path.resolve(marker)));
        List<ReferenceCase> cases = found.entrySet().stream()
                .map(entry -> folder(entry.getKey(), entry.getValue(), marker))
                .filter(each -> contents.test(each.content()))
                .toList();
        return tests(found, cases, check);
    }

    /** A test for each JSON file whose name {@code names} accepts, and a closing one that reports. */
    public Stream<DynamicTest> files(Predicate<String> names, CaseCheck check) {
        return files(names, List::of, check);
    }

    /** A test for each of the cases that {@code cases} finds in each JSON file whose name {@code names} accepts. */
    public Stream<DynamicTest> files(
            Predicate<String> names, Function<ReferenceCase, List<ReferenceCase>> cases, CaseCheck check) {
        Map<String, Path> found =
                entries(path -> Files.isRegularFile(path) && path.toString().endsWith(".json"));
        List<ReferenceCase> expanded = found.entrySet().stream()
                .filter(entry -> names.test(entry.getKey()))
                .map(entry -> file(entry.getKey(), entry.getValue()))
                .flatMap(file -> cases.apply(file).stream())
                .toList();
        return tests(found, expanded, check);
    }

    private Stream<DynamicTest> tests(Map<String, Path> found, List<ReferenceCase> cases, CaseCheck check) {
        if (roots.isEmpty()) {
            String places = places(kind).toString();
            return Stream.of(DynamicTest.dynamicTest(
                    kind, () -> Assumptions.abort("no folder " + kind + " in " + places + ": nothing compared")));
        }
        if (found.isEmpty()) {
            return Stream.of(DynamicTest.dynamicTest(kind, () -> fail("The folder " + roots + " holds no case.")));
        }
        if (cases.isEmpty()) {
            return Stream.of(DynamicTest.dynamicTest(
                    kind, () -> Assumptions.abort(roots + " holds cases, but none that this test is for")));
        }
        Tally tally = new Tally(kind, allowedNotBuilt(), leaving);
        return Stream.concat(
                cases.stream().map(each -> DynamicTest.dynamicTest(each.name(), () -> tally.run(each, check))),
                Stream.of(DynamicTest.dynamicTest(kind + " report", tally::report)));
    }

    private Map<String, Path> entries(Predicate<Path> wanted) {
        Map<String, Path> found = new TreeMap<>();
        for (Path root : roots) {
            try (Stream<Path> entries = Files.list(root)) {
                entries.filter(wanted)
                        .forEach(path -> found.putIfAbsent(path.getFileName().toString(), path));
            } catch (IOException e) {
                throw new UncheckedIOException(root.toString(), e);
            }
        }
        return found;
    }

    private static ReferenceCase folder(String name, Path path, String marker) {
        var content = ReferenceCase.read(path.resolve(marker));
        return new ReferenceCase(name, path, content, content);
    }

    private static ReferenceCase file(String name, Path path) {
        var content = ReferenceCase.read(path);
        return new ReferenceCase(name, path, content, content);
    }

    private static List<Path> places(String kind) {
        String given = System.getProperty("align4j.reference");
        if (given != null) {
            Path place = Path.of(given);
            if (!Files.isDirectory(place)) {
                throw new IllegalArgumentException(
                        "align4j.reference is " + given + " but must be an existing folder.");
            }
            return List.of(place);
        }
        List<Path> places = new ArrayList<>(List.of(copies(kind), shared().resolve("reference")));
        places.removeIf(place -> !Files.isDirectory(place));
        return places;
    }

    private static Path copies(String kind) {
        return Files.isDirectory(COPIES.resolve(kind)) ? COPIES : Checkout.resource("engine", "reference");
    }

    private Set<String> allowedNotBuilt() {
        try (InputStream list = ReferenceFolder.class.getResourceAsStream("/reference/not-built.txt")) {
            if (list == null) {
                throw new IllegalStateException(
                        "reference/not-built.txt is missing from the foundation's test resources.");
            }
            return new BufferedReader(new InputStreamReader(list, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> line.startsWith(kind + "/"))
                    .map(line -> line.substring(kind.length() + 1).strip())
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
