# frozen_string_literal: true

# One NameError of each kind that the VM raises, of receivers that notice what they are compared
# with.
#
# Used by NameErrorForms. All are provoked when this file is loaded: later the program may have
# changed what happens then.
module CodeTracer
  module Pure
    module NameErrorSamples
      MARK = "\1" # how the receivers describe themselves

      class << self
        attr_reader :seen

        def see(object)
          @seen = object
          @has_seen = true
        end

        def forget
          @seen = nil
          @has_seen = false
        end

        def seen?
          @has_seen
        end
      end

      module Receiver
        def ==(other)
          NameErrorSamples.see(other)
          false
        end

        def inspect
          MARK
        end
        alias to_s inspect
        alias name inspect
      end

      class Bare < BasicObject
        include Receiver

        def above
          super
        end

        private def hidden; end
        protected def guarded; end
      end

      OF_BARE = [
        ->(it) { it.no_such }, ->(it) { it.instance_eval { no_such } }, ->(it) { it.hidden },
        ->(it) { it.guarded }, ->(it) { it.above }
      ].freeze
      OF_OBJECT = [
        ->(it) { it.singleton_method(:no_such) }, ->(it) { it.instance_variable_get("no such") },
        ->(it) { it.remove_instance_variable(:@no_such) }
      ].freeze
      OF_MODULE = [
        ->(it) { it.no_such }, ->(it) { it.const_get(:NoSuch) }, ->(it) { it.const_get("no such") },
        ->(it) { it::Hidden }, ->(it) { it.send(:remove_const, :NoSuch) },
        ->(it) { it.send(:remove_const, "no such") }, ->(it) { it.instance_method(:no_such) },
        ->(it) { it.public_instance_method(:hidden) },
        ->(it) { it.public_instance_method(:guarded) },
        ->(it) { it.send(:remove_method, :no_such) }, ->(it) { it.send(:attr_reader, "no such") },
        ->(it) { it.class_variable_get(:@@no_such) }, ->(it) { it.class_variable_get("no such") },
        ->(it) { it.send(:remove_class_variable, :@@no_such) },
        ->(it) { it.send(:remove_class_variable, "no such") }
      ].freeze
      OF_BINDING = [
        ->(it) { it.local_variable_get(:no_such) }, ->(it) { it.local_variable_get("no such") }
      ].freeze
      OF_STRUCT = [->(it) { it[:no_such] }].freeze
      # That of Object is worded alone; a singleton class of an object of it counts as it.
      OF_TOP = [->(it) { it.const_get(:NoSuch) }].freeze

      class << self
        private

        def provoke_all
          provoke(Bare.new, OF_BARE) + provoke(with_hidden(Class.new), OF_MODULE) +
            provoke(with_hidden(Module.new), OF_MODULE) +
            provoke(Object.new.singleton_class.extend(Receiver), OF_TOP) +
            provoke(Object.new.extend(Receiver), OF_OBJECT) +
            provoke(binding.extend(Receiver), OF_BINDING) +
            provoke(Struct.new(:member).new.extend(Receiver), OF_STRUCT)
        end

        # With -d each exception would be reported.
        def quietly
          debug, $DEBUG = $DEBUG, false
          yield
        ensure
          $DEBUG = debug
        end

        def provoke(receiver, actions)
          actions.map { |action| error_of(receiver, action) }.compact
        end

        def error_of(receiver, action)
          action.call(receiver)
          nil
        rescue NameError => e
          e
        rescue StandardError
          nil # not in this Ruby
        end

        def with_hidden(mod)
          mod.class_eval do
            private define_method(:hidden) {}
            protected define_method(:guarded) {}
            const_set(:Hidden, nil)
            private_constant(:Hidden)
          end
          mod.extend(Receiver)
        end
      end

      ALL = quietly { provoke_all }.freeze
    end
  end
end
