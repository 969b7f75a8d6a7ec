package org.align4j.core.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.align4j.core.template.python.Namespace;
import org.align4j.core.template.python.PythonError;
import org.align4j.core.template.python.Values;

/** A target of an assignment: what can stand to the left of {@code =}. */
sealed interface Target {
    void assign(NameScope scope, Object value);

    /** Assigns to a variable. */
    record Variable(String name) implements Target {
        @Override
        public void assign(NameScope scope, Object value) {
            scope.set(name, value);
        }
    }

    /** Assigns to a namespace's attribute. */
    record Member(String owner, String name) implements Target {
        @Override
        public void assign(NameScope scope, Object value) {
            if (!(scope.get(owner) instanceof Namespace namespace)) {
                throw new PythonError("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
            }
            namespace.set(name, value);
        }
    }

    /** Several targets, one for each element. */
    record Several(List<Target> targets) implements Target {
        @Override
        public void assign(NameScope scope, Object value) {
            if (!Values.isIterable(value)) {
                throw PythonError.type("cannot unpack non-iterable " + Values.typeName(value) + " object");
            }
            List<Object> elements = new ArrayList<>();
            Iterator<Object> iterator = Values.iterate(value);
            while (iterator.hasNext() && elements.size() <= targets.size()) {
                elements.add(iterator.next());
            }
            if (elements.size() > targets.size()) {
                throw PythonError.value("too many values to unpack (expected " + targets.size() + ")");
            }
            if (elements.size() < targets.size()) {
                throw PythonError.value(
                        "not enough values to unpack (expected " + targets.size() + ", got " + elements.size() + ")");
            }
            for (int i = 0; i < targets.size(); i++) {
                targets.get(i).assign(scope, elements.get(i));
            }
        }
    }
}
