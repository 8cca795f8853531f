# Methods that change while the program runs: redefined, removed, undefined, aliased, prepended.
class Service
  def work
    1
  end

  def twice
    before = work
    self.class.class_eval { def work; 2; end }
    [before, work]
  end

  def recursive(n)
    return [:old, n] if n.zero?

    Service.class_eval do
      def recursive(n)
        [:new, n]
      end
    end
    recursive(n - 1)
  end
end

module Wrapped
  def work
    [:wrapped, super]
  end
end

verbose, $VERBOSE = $VERBOSE, nil
service = Service.new
p service.twice, service.recursive(2), service.recursive(2)
Service.prepend(Wrapped)
p service.work
Service.send(:alias_method, :old_work, :work)
p service.old_work
def service.work
  [:own, super]
end
p service.work
service.singleton_class.send(:remove_method, :work)
p service.work
Service.send(:undef_method, :twice)
p service.respond_to?(:twice)
Object.send(:remove_const, :Service)
p service.old_work, defined?(Service)
$VERBOSE = verbose
