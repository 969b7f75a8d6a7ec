package org.align4j.examples.build;

import static org.align4j.examples.build.ReactorPom.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** What is published has what Maven Central asks for, one version, and module names that Java's module path takes. */
class ReleaseTest {
    private static final List<String> DEMANDED = List.of(
            "url",
            "licenses/license/name",
            "licenses/license/url",
            "developers/developer/name",
            "scm/connection",
            "scm/developerConnection",
            "scm/url",
            "scm/tag");

    /** A version after a name of this project: {@code alignment-dpo:0.2.0}, {@code align4j-0.2.0.zip}, {@code ARG VERSION=0.2.0}. */
    private static final Pattern VERSIONED = Pattern.compile(
            "(?:align4j-|align-data-|alignment-[a-z0-9_-]+[-:]|ARG VERSION=|<align4j.version>)(\\d+\\.\\d+\\.\\d+)");

    @Test
    void everyPublishedPomSaysWhatCentralDemands() throws Exception {
        Map<String, String> descriptions = new HashMap<>();
        for (ReactorPom pom : ReactorPom.published()) {
            assertThat(pom.own("name")).as(pom.artifact()).isNotBlank();
            assertThat(pom.own("description")).as(pom.artifact()).isNotBlank();
            assertThat(descriptions.put(pom.own("description"), pom.artifact())).isNull();
            for (String path : DEMANDED) {
                assertThat(pom.value(path)).as(pom.artifact() + ", " + path).isNotBlank();
            }
        }
    }

    /** The bill of materials has no parent, so it says these things again. */
    @Test
    void theBillOfMaterialsSaysWhatTheTopSays() throws Exception {
        ReactorPom top = ReactorPom.all().get(0);
        for (String path : DEMANDED) {
            assertThat(bom().own(path)).as(path).isEqualTo(top.own(path));
        }
    }

    /** Not one library of others, whose versions would rule in the program that imports it. A system's natives are a pom. */
    @Test
    void theBillOfMaterialsListsEveryPublishedJarAndNoMore() throws Exception {
        List<String> listed = new ArrayList<>();
        for (Element dependency : bom().elements("dependencyManagement/dependencies/dependency")) {
            List<String> parts = new ArrayList<>();
            for (String part : List.of("groupId", "artifactId", "version")) {
                parts.add(ReactorPom.child(dependency, part).orElseThrow().getTextContent());
            }
            ReactorPom.child(dependency, "type").ifPresent(type -> parts.add(type.getTextContent()));
            assertThat(dependency.getElementsByTagName("*").getLength()).isEqualTo(parts.size());
            listed.add(String.join(":", parts));
        }
        assertThat(listed)
                .containsExactlyInAnyOrderElementsOf(ReactorPom.published().stream()
                        .filter(pom -> pom.isJar() || pom.folder().startsWith("natives/"))
                        .map(pom ->
                                "org.align4j:" + pom.artifact() + ":${project.version}" + (pom.isJar() ? "" : ":pom"))
                        .toList());
        assertThat(bom().sections()).doesNotContain("parent", "properties", "dependencies", "repositories");
    }

    private static ReactorPom bom() throws Exception {
        return ReactorPom.all().stream()
                .filter(pom -> pom.folder().equals("bom"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void allPomsHaveOneVersion() throws Exception {
        String version = ReactorPom.all().get(0).own("version");
        assertThat(version).matches("\\d+\\.\\d+\\.\\d+");
        for (ReactorPom pom : ReactorPom.all()) {
            String own = pom.parent().isPresent() ? pom.own("parent/version") : pom.own("version");
            assertThat(own).as(pom.folder()).isEqualTo(version);
            assertThat(Files.readString(ROOT.resolve(pom.folder()).resolve("pom.xml")))
                    .doesNotContain("SNAPSHOT");
        }
    }

    /** Commands and programs that people copy ask for what this checkout builds. */
    @Test
    void pagesProgramsAndImagesNameThisVersion() throws Exception {
        String version = ReactorPom.all().get(0).own("version");
        int found = 0;
        for (String folder : List.of("docs", "docker", "examples/library")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                for (Path file : files.filter(ReleaseTest::namesVersions).toList()) {
                    Matcher named = VERSIONED.matcher(Files.readString(file));
                    while (named.find()) {
                        assertThat(named.group(1))
                                .as(file + ": " + named.group())
                                .isEqualTo(version);
                        found++;
                    }
                }
            }
        }
        assertThat(found).isGreaterThan(15);
    }

    private static boolean namesVersions(Path file) {
        return file.toString().matches(".*\\.(md|Dockerfile|java|xml|kts|gradle)")
                && !file.toString().contains("target")
                && !file.endsWith("upgrading.md");
    }

    /** A repository of artifacts refuses a jar without them; {@code -Dquickly}, which a release is built with, leaves them out. */
    @Test
    void aReleaseHasSourcesAndJavadocOfEveryJar() throws Exception {
        List<String> profiles = ReactorPom.all().get(0).elements("profiles/profile").stream()
                .map(profile -> profile.getTextContent().replaceAll("\\s+", " ").strip())
                .map(text -> text.split(" ", 2)[0])
                .toList();
        assertThat(profiles.indexOf("release")).isGreaterThan(profiles.indexOf("quickly"));
        for (String skip : List.of("maven.source.skip", "maven.javadoc.skip")) {
            assertThat(ReactorPom.all().get(0).elements("profiles/profile/properties/" + skip))
                    .as(skip)
                    .extracting(Element::getTextContent)
                    .containsExactly("true", "false");
            for (ReactorPom pom : ReactorPom.published()) {
                assertThat(pom.own("properties/" + skip)).as(pom.artifact()).isEmpty();
            }
        }
    }

    /** Archives have this time for all their entries, so that two builds are equal. */
    @Test
    void archivesHaveAFixedTime() throws Exception {
        for (ReactorPom pom : ReactorPom.published()) {
            if (pom.isJar()) {
                assertThat(pom.value("properties/project.build.outputTimestamp"))
                        .as(pom.artifact())
                        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
            }
        }
    }

    /** In a jar that other modules see, each commit would compile these modules anew. */
    @Test
    void programsAloneHaveTheirCommit() throws Exception {
        for (ReactorPom pom : ReactorPom.all()) {
            boolean has = pom.elements("build/plugins/plugin/artifactId").stream()
                    .anyMatch(plugin -> plugin.getTextContent().equals("maven-antrun-plugin"));
            assertThat(has)
                    .as(pom.folder())
                    .isEqualTo(List.of("examples", "align-data").contains(pom.folder()));
        }
    }

    /** A jar without a name of its own is named after its file, and can't be asked for. */
    @Test
    void everyPublishedJarIsAModuleWithPackagesOfItsOwn() throws Exception {
        Map<String, String> names = new HashMap<>();
        Map<String, String> packages = new HashMap<>();
        for (ReactorPom pom : ReactorPom.published()) {
            if (pom.isJar()) {
                String name = pom.own("properties/module.name");
                assertThat(name).as(pom.artifact()).matches("org\\.align4j(\\.[a-z]\\w*)+");
                assertThat(names.put(name, pom.artifact())).as(name).isNull();
                for (String each : pom.packages()) {
                    assertThat(packages.put(each, pom.artifact()))
                            .as(each + " of " + pom.artifact())
                            .isNull();
                }
            }
        }
        assertThat(packages).hasSizeGreaterThan(50);
    }
}
