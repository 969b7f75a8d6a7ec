package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** Who depends on the engine gets the libraries of one system, and never another's. */
class NativesPomTest {
    private static final List<String> SYSTEMS = List.of("linux-x86_64", "linux-aarch64", "osx-aarch64", "win-x86_64");

    private static ReactorPom pom(String folder) throws Exception {
        return ReactorPom.all().stream()
                .filter(pom -> pom.folder().equals(folder))
                .findFirst()
                .orElseThrow();
    }

    private static String text(Element element, String... path) {
        Optional<Element> found = Optional.of(element);
        for (String name : path) {
            found = found.flatMap(each -> ReactorPom.child(each, name));
        }
        return found.map(each -> each.getTextContent().strip()).orElse("");
    }

    @Test
    void eachSystemHasAnArtifactThatBringsItsOwn() throws Exception {
        for (String system : SYSTEMS) {
            ReactorPom pom = pom("natives/" + system);
            assertThat(pom.artifact()).isEqualTo("alignment-natives-" + system);
            assertThat(pom.isJar()).isFalse();
            assertThat(pom.elements("dependencies/dependency")).singleElement().satisfies(brought -> {
                assertThat(text(brought, "artifactId")).isEqualTo("pytorch-native-cpu");
                assertThat(text(brought, "classifier")).isEqualTo(system);
                assertThat(text(brought, "version")).isEqualTo("${pytorch.version}");
                assertThat(text(brought, "scope")).isEqualTo("runtime");
            });
        }
        assertThat(pom("natives").elements("modules/module"))
                .extracting(Element::getTextContent)
                .containsExactlyElementsOf(SYSTEMS);
    }

    /** Gradle reads what stands outside profiles, and profiles that are active where a property is absent. */
    @Test
    void theEngineNamesNoSystemWhereGradleReads() throws Exception {
        for (ReactorPom pom : ReactorPom.published()) {
            if (!pom.folder().startsWith("natives/")) {
                assertThat(pom.elements("dependencies/dependency"))
                        .as(pom.artifact())
                        .noneMatch(dependency -> text(dependency, "artifactId").contains("native"));
            }
        }
        for (Element profile : pom("alignment-core/engine").elements("profiles/profile")) {
            if (profile.getTextContent().contains("alignment-natives")) {
                assertThat(text(profile, "activation")).doesNotContain("!").isNotEmpty();
                assertThat(text(profile, "activation", "activeByDefault")).isEmpty();
            }
        }
    }

    /** And in this checkout alone another system's may be asked for: the last profile's word counts. */
    @Test
    void mavenChoosesByTheMachine() throws Exception {
        List<String> chosen = new ArrayList<>();
        for (Element profile : pom("alignment-core/engine").elements("profiles/profile")) {
            if (profile.getTextContent().contains("alignment-natives-${natives.platform}")) {
                chosen.add(text(profile, "properties", "natives.platform"));
                boolean asked = text(profile, "id").equals("platform");
                assertThat(text(profile, "activation", "os").isEmpty()).isEqualTo(asked);
                assertThat(text(profile, "activation", "file", "exists").contains("${basedir}"))
                        .isEqualTo(asked);
            }
        }
        List<String> expected = new ArrayList<>(SYSTEMS);
        expected.add("${platform}");
        assertThat(chosen).containsExactlyElementsOf(expected);
    }
}
