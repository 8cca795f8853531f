# frozen_string_literal: true

# Loaded code as far as Ruby itself can list it: methods and procs.
#
# Used by RecordingSession where the extension cannot walk the heap. What it misses, and why the
# walk comes first: doc/design/loaded-code.md. No method of the program is called.
module CodeTracer
  module LoadedCode
    NAMES = %i[instance_methods private_instance_methods].map do |name|
      Module.instance_method(name)
    end.freeze
    METHOD = Module.instance_method(:instance_method)
    SUPER = UnboundMethod.instance_method(:super_method)
    ISEQ_OF = RubyVM::InstructionSequence.method(:of)

    module_function

    # An Array of RubyVM::InstructionSequence, some of them inside of others.
    def iseqs
      found = ObjectSpace.each_object(Module).flat_map { |owner| methods_of(owner) }
      found.concat(ObjectSpace.each_object(Proc).to_a)
      found.map { |code| iseq_of(code) }.compact
    end

    def methods_of(owner)
      names = NAMES.flat_map { |list| list.bind_call(owner, false) }
      names.flat_map { |name| methods_called(owner, name) }
    end

    # A module that is prepended hides the owner's own behind the first.
    def methods_called(owner, name)
      found = []
      method = METHOD.bind_call(owner, name)
      while method
        found << method
        method = SUPER.bind_call(method)
      end
      found
    rescue NameError
      found # made undefined by a module that is prepended
    end

    # nil for what is written in C, or made by Symbol#to_proc.
    def iseq_of(code)
      ISEQ_OF.call(code)
    rescue ArgumentError, TypeError
      nil
    end
    private_class_method :methods_of, :methods_called, :iseq_of
  end
end
