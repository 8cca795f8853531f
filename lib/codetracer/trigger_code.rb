# frozen_string_literal: true

# Whether code is that of a place: of a method by its name in traces, or of a file.
#
# Used by Triggers, within hooks: only methods as Ruby's core has them, on objects of any kind.
module CodeTracer
  module TriggerCode
    NAME = Module.instance_method(:name)
    IS_SINGLETON = Module.instance_method(:singleton_class?)
    ANCESTORS = Module.instance_method(:ancestors)
    SUPERCLASS = Class.instance_method(:superclass)
    CLASS_OF = Kernel.instance_method(:class)
    KIND_OF = Kernel.instance_method(:kind_of?)
    SINGLETON_CLASS = Kernel.instance_method(:singleton_class)
    EQUAL = BasicObject.instance_method(:equal?)
    MAIN = TOPLEVEL_BINDING.receiver

    module_function

    def file?(place, iseq)
      path = iseq.absolute_path || iseq.path
      path == place[:file] || path.end_with?("/#{place[:file].delete_prefix('./')}")
    end

    # Of code of which some is inside of other, that of methods which lie in none.
    def methods_in(iseqs)
      methods = iseqs.select { |iseq| iseq.trace_points.any? { |_, event| event == :call } }
                     .uniq { |iseq| key_of(iseq) }
      inner = {}
      methods.each { |iseq| note_inner(iseq, inner) }
      methods.reject { |iseq| inner.key?(key_of(iseq)) }
    end

    def note_inner(iseq, inner)
      iseq.each_child do |child|
        inner[key_of(child)] = true
        note_inner(child, inner)
      end
    end

    def key_of(iseq)
      [iseq.path, iseq.first_lineno, iseq.label]
    end

    # Yields the code of all methods of that name.
    def each_method(name, iseq, &found)
      yield iseq if method_code?(iseq, name.to_s)
      iseq.each_child { |child| each_method(name, child, &found) }
    end

    # The line that runs first: its event comes together with the call.
    def first_line(iseq)
      found = iseq.trace_points.find { |_, event| event == :line }
      found && found.first
    end

    # Blocks and strings given to eval have the same label.
    def method_code?(iseq, name)
      iseq.base_label == name && iseq.trace_points.any? { |_, event| event == :call }
    end

    # At its call or return.
    def method?(place, event)
      return false unless event.method_id == place[:method]

      owner = event.defined_class
      return of_singleton?(place, event.self, owner) if IS_SINGLETON.bind(owner).call

      !place[:is_singleton] && NAME.bind(owner).call == place[:owner]
    end

    # Whose singleton class it is, Ruby before 3.2 tells only by `inspect`, which is the program's.
    # A class that inherits the method has the owner among those above it.
    def of_singleton?(place, receiver, singleton)
      return place[:owner] == "Object" && EQUAL.bind(MAIN).call(receiver) unless
        place[:is_singleton]
      return false unless KIND_OF.bind(receiver).call(Module)

      while receiver
        return true if NAME.bind(receiver).call == place[:owner] &&
                       EQUAL.bind(SINGLETON_CLASS.bind(receiver).call).call(singleton)

        receiver = above(receiver)
      end
      false
    end

    def above(mod)
      SUPERCLASS.bind(mod).call if KIND_OF.bind(mod).call(Class)
    end

    # What the exception's class is called if it, or one above it, is named there.
    def exception_name(exception, wanted)
      klass = CLASS_OF.bind(exception).call
      names = ANCESTORS.bind(klass).call.map { |ancestor| NAME.bind(ancestor).call }
      NAME.bind(klass).call || "an exception" unless (names & wanted).empty?
    end
  end
end
