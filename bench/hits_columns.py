"""The 105 columns of ClickBench's table hits, in order, with their types."""

from __future__ import annotations

import pyarrow as pa

SMALLINT, INTEGER, BIGINT = pa.int16(), pa.int32(), pa.int64()
TEXT, TIMESTAMP, DATE = pa.string(), pa.timestamp("us"), pa.date32()


def columns(type: pa.DataType, names: str) -> list[tuple[str, pa.DataType]]:
    """Return columns of one type."""
    return [(name, type) for name in names.split()]


SCHEMA = pa.schema(
    [
        *columns(BIGINT, "WatchID"),
        *columns(SMALLINT, "JavaEnable"),
        *columns(TEXT, "Title"),
        *columns(SMALLINT, "GoodEvent"),
        *columns(TIMESTAMP, "EventTime"),
        *columns(DATE, "EventDate"),
        *columns(INTEGER, "CounterID ClientIP RegionID"),
        *columns(BIGINT, "UserID"),
        *columns(SMALLINT, "CounterClass OS UserAgent"),
        *columns(TEXT, "URL Referer"),
        *columns(SMALLINT, "IsRefresh RefererCategoryID"),
        *columns(INTEGER, "RefererRegionID"),
        *columns(SMALLINT, "URLCategoryID"),
        *columns(INTEGER, "URLRegionID"),
        *columns(SMALLINT, "ResolutionWidth ResolutionHeight ResolutionDepth"),
        *columns(SMALLINT, "FlashMajor FlashMinor"),
        *columns(TEXT, "FlashMinor2"),
        *columns(SMALLINT, "NetMajor NetMinor UserAgentMajor"),
        *columns(TEXT, "UserAgentMinor"),
        *columns(SMALLINT, "CookieEnable JavascriptEnable IsMobile MobilePhone"),
        *columns(TEXT, "MobilePhoneModel Params"),
        *columns(INTEGER, "IPNetworkID"),
        *columns(SMALLINT, "TraficSourceID SearchEngineID"),
        *columns(TEXT, "SearchPhrase"),
        *columns(SMALLINT, "AdvEngineID IsArtifical WindowClientWidth WindowClientHeight"),
        *columns(SMALLINT, "ClientTimeZone"),
        *columns(TIMESTAMP, "ClientEventTime"),
        *columns(SMALLINT, "SilverlightVersion1 SilverlightVersion2"),
        *columns(INTEGER, "SilverlightVersion3"),
        *columns(SMALLINT, "SilverlightVersion4"),
        *columns(TEXT, "PageCharset"),
        *columns(INTEGER, "CodeVersion"),
        *columns(SMALLINT, "IsLink IsDownload IsNotBounce"),
        *columns(BIGINT, "FUniqID"),
        *columns(TEXT, "OriginalURL"),
        *columns(INTEGER, "HID"),
        *columns(SMALLINT, "IsOldCounter IsEvent IsParameter DontCountHits WithHash"),
        *columns(TEXT, "HitColor"),
        *columns(TIMESTAMP, "LocalEventTime"),
        *columns(SMALLINT, "Age Sex Income Interests Robotness"),
        *columns(INTEGER, "RemoteIP WindowName OpenerName"),
        *columns(SMALLINT, "HistoryLength"),
        *columns(TEXT, "BrowserLanguage BrowserCountry SocialNetwork SocialAction"),
        *columns(SMALLINT, "HTTPError"),
        *columns(INTEGER, "SendTiming DNSTiming ConnectTiming ResponseStartTiming"),
        *columns(INTEGER, "ResponseEndTiming FetchTiming"),
        *columns(SMALLINT, "SocialSourceNetworkID"),
        *columns(TEXT, "SocialSourcePage"),
        *columns(BIGINT, "ParamPrice"),
        *columns(TEXT, "ParamOrderID ParamCurrency"),
        *columns(SMALLINT, "ParamCurrencyID"),
        *columns(TEXT, "OpenstatServiceName OpenstatCampaignID OpenstatAdID OpenstatSourceID"),
        *columns(TEXT, "UTMSource UTMMedium UTMCampaign UTMContent UTMTerm FromTag"),
        *columns(SMALLINT, "HasGCLID"),
        *columns(BIGINT, "RefererHash URLHash"),
        *columns(INTEGER, "CLID"),
    ]
)
