# frozen_string_literal: true

# The recorder that the command line has started in this process, if it has.
#
# Used by recorder.rb when it is loaded. boot.rb leaves nothing in the program's sight: the
# extension knows by itself, the pure recorder is found by the name that its module once had.
require_relative "native"

module CodeTracer
  module OuterRecorder
    NAME = Module.instance_method(:name)
    PURE = "CodeTracer::Pure"
    NATIVE = "CodeTracer::Native"

    module_function

    # Native if that is loaded, the Pure of the recording, or nil.
    def find
      native_recorder || pure_recorder
    end

    def native_recorder
      Native if Native.loaded? && Native.running?
    end

    def pure_recorder
      modules_called(PURE).find { |found| found.respond_to?(:running?) && found.running? }
    end

    # The Intervals of its recording, or nil.
    def intervals
      found = modules_called(NATIVE, PURE).map { |one| one.instance_variable_get(:@intervals) }
      found.compact.first
    end

    def modules_called(*names)
      ObjectSpace.each_object(Module).select { |found| names.include?(NAME.bind_call(found)) }
    end
    private_class_method :native_recorder, :pure_recorder, :modules_called
  end
end
