for name in total amount e '$no'; do echo "-- $name"; ctrace query traces/pay100 writes "$name"; echo "$?"; done
