# frozen_string_literal: true

# With --c-calls: which calls of methods in C are made by recorded code itself.
#
# Made by Hooks. A TracePoint tells such a call where it is made, not from which frame: that is told
# by the backtrace, in which a frame of a method in C stands on the line of its caller's frame, and
# is called by its name alone. Core methods that this recorder has replaced count as what they were.
# Mirrors ext/codetracer_recorder/c_call.c.
require_relative "class_names"
require_relative "places"
require_relative "replaced_methods"

module CodeTracer
  module Pure
    class CCalls
      INNER = /\A(?:(?:block|rescue|ensure) |<[a-z]|singleton class)/.freeze
      QUALIFIED = /[#.](?=[^#.]+\z)/.freeze # from Ruby 3.4 on: "Array#map"

      # `wanted` is true, or an Array of class names.
      def initialize(recorder, places, wanted)
        @recorder, @places = recorder, places
        @wanted = wanted == true ? nil : wanted
        @tracepoint = TracePoint.new(:c_call, :c_return) { |event| happen(event) }
      end

      def enable
        @tracepoint.enable
      end

      def disable
        @tracepoint.disable
      end

      # A method of ours in the place of one of Ruby's is called.
      def replaced_call(event)
        return unless c_method?(event)

        locations = caller_locations(0).drop_while { |frame| Places.own?(frame) }.drop(1)
        path_id = !locations.empty? && @places.find_raise(event)
        begin_call(event, path_id, locations) if path_id
      end

      def replaced_return(event)
        @recorder.c_return(event) if c_method?(event)
      end

      private

      def happen(event)
        return if ReplacedMethods::FILE == event.path # the original that one of ours calls
        return @recorder.c_return(event) if event.event == :c_return

        path_id = event.path && @places.find(event) # nil: a fiber that a C function begins
        return unless path_id

        locations = caller_locations(0).drop_while { |frame| Places.own?(frame) }
        begin_call(event, path_id, locations) unless locations.empty?
      end

      def begin_call(event, path_id, locations)
        location = locations.first
        @recorder.c_call(event, path_id, location, @wanted) do |strand|
          ruby_frame?(*locations.first(2)) || INNER.match?(location.label) ||
            method?(strand.top.function, location.label)
        end
      end

      # Whether the inner frame surely is none of a method in C; `outer` may be nil.
      def ruby_frame?(inner, outer = nil)
        return false if inner.path.to_s.start_with?(Places::INTERNAL)

        outer.nil? || inner.lineno != outer.lineno || inner.path != outer.path
      end

      # Some that this recorder replaces are written in Ruby, in this Ruby.
      def c_method?(event)
        Core::INSTANCE_METHOD.bind_call(event.defined_class, :"__codetracer_#{event.method_id}")
                             .source_location.nil?
      rescue NameError
        true
      end

      # Whether the frame is that of the method that was called last.
      def method?(function, label)
        function && function.kind != :c && function.method_name == name_of(label)
      end

      def name_of(label)
        (RUBY_VERSION < "3.4" ? label : label.split(QUALIFIED).last).to_sym
      end
    end
  end
end
