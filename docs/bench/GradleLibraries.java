import java.io.File;
import java.util.List;
import org.gradle.api.Project;
import org.gradle.api.artifacts.dsl.DependencyHandler;
import org.gradle.testfixtures.ProjectBuilder;

/**
 * Prints the class path that Gradle gives to a program which imports alignment-bom and names some artifacts; for strangers.py.
 *
 * <p>Arguments: an empty folder, two repositories, the BOM, and artifacts without versions.
 */
public final class GradleLibraries {
    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        File folder = new File(given.get(0));
        Project project = ProjectBuilder.builder()
                .withProjectDir(folder)
                .withGradleUserHomeDir(folder)
                .build();
        project.getPlugins().apply("java");
        given.subList(1, 3).forEach(place -> project.getRepositories().maven(named -> named.setUrl(place)));
        DependencyHandler dependencies = project.getDependencies();
        dependencies.add("implementation", dependencies.platform(given.get(3)));
        given.subList(4, given.size()).forEach(artifact -> dependencies.add("implementation", artifact));
        System.out.println("Gradle " + project.getGradle().getGradleVersion());
        System.out.println(
                project.getConfigurations().getByName("runtimeClasspath").getAsPath());
        System.exit(0); // Gradle's threads go on
    }
}
